"""The test study."""
