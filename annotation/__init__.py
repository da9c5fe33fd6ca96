"""What we know: tables, people and the record of every judgement."""
