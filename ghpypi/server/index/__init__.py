"""The read side: the Simple API, downloads and published pages."""
