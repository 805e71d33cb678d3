"""`fer clean`: what nobody needs any more, with its size; removed on request, and never what a tag needs."""
