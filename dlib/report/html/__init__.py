"""The report as one page that opens without a server: tables, figures, and every run on a click."""
