"""Documents that are not the kit's own: small ones of other APIs, and random edits."""
