"""An issue in, RFC 5322 bytes out, SMTP outcome back; knows nothing of storage, Discord or the web."""
