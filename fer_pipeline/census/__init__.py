"""What is wrong with the faces, one by one and as a whole: copies, near-copies, pictures that show no face.

`findings` say what is odd about each face, where evidence runs one way; verdicts and so training rest on them alone.
`counts` is a report over every usage, PrivateTest included: only people and pages read it.
"""
