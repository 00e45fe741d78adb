"""What a finished run gets wrong, readable in a terminal: from its record and its file of predictions alone."""
