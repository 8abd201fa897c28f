"""Semi-supervised methods: a few labelled examples beside the unlabelled ones."""
