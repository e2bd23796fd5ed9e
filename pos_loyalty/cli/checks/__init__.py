"""What ``doctor`` looks at, one file for each corner of a till. Nothing here changes or locks anything."""
