"""What happens: each procedure as a durable workflow; steps that procedures share exist once."""
