"""Names of the built-in formats for other programs; here, so that a list of them imports nothing else."""

BUILT_IN = ("pdf", "pptx", "docx", "gif", "webp", "apng", "drawio", "mermaid", "dot", "txt")
