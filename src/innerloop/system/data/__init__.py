"""Data subsets: files of rows, read by either engine, and the samples that are cut of them."""
