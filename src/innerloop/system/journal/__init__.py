"""The journal of outer loops: written before anything is done, and read after a crash."""
