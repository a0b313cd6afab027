"""The clinic's record system: each case as FHIR R4B resources, kept up to date."""
