"""Tags for documents that fit no topic: proposed, consolidated, assigned, until the tag set stands still."""
