"""What benchmarks said: result files of the engines' tools as one kind of record, and what is asked of records."""
