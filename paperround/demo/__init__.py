"""The demo: the whole product on this machine, with a mail catcher and a simulated Discord around it."""
