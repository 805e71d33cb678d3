"""FER-2013 from its csv text to arrays of faces."""
