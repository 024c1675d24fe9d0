"""People label pairs: the contracts, the study folder, the store, the workflow and its pages."""
