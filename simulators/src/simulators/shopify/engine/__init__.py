"""A GraphQL engine for one schema: parse, validate, coerce, price, execute.

graphql-core parses and validates; the rest is compiled once per document text, so that a document
seen before costs only its own work. Errors carry the codes and texts that Shopify gives.
"""
