"""Figures of the report: numbers in, matplotlib's figures out."""
