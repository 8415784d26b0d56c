"""Whether the installation is well: what is asked, who may hear it, and the figures for Prometheus."""
