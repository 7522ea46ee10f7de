"""`osync doctor`: look whether everything works that OSync needs, try it out, and say what to do. Nothing of the user's is touched."""
