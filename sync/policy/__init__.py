"""The rules document: schema, reading with errors that name the line, plain English, routing."""
