"""What is missing before (or while) the product runs: asked of every outside thing once, changing nothing."""
