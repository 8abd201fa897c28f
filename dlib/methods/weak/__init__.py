"""Weakly supervised methods: pairs of observations that share some factors."""
