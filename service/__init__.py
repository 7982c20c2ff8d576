"""The composition root: settings, logging, the web application, the workers, the command line."""
