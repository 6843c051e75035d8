"""What the API server says of an object, offline: schemas, semantics, CEL rules."""
