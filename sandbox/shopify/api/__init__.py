"""The GraphQL Admin API: the operations of ``admin.graphql``, executed on one shop's records."""
