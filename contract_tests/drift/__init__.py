"""What changes for clients between two documents of the API: breaking, compatible, or in words alone."""
