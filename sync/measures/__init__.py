"""What is measured, from recorded facts alone and for any period: pure."""
