"""The back-test of a file of diaries: apart by patients, computed, put together."""
