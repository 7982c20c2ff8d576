"""The Celery workers. A message is a doorbell: it carries a key, may come twice or never."""
