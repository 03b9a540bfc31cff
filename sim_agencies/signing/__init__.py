"""The signing service's stand-in: a test CA, remote signing (CSC), OCSP, CRLs and a time-stamping authority."""
