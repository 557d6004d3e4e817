"""The upload API: from a request to a published release."""
