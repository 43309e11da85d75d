"""The engines that carry batches from the ledger to the senders."""
