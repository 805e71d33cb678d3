"""`fer serve`: the network for programs."""

from typing import Annotated

import typer

from fer_pipeline.commands.network_options import Detector, Model

Host = Annotated[str, typer.Option(help="Address to listen on; others than this machine's own are open to whoever "
                                        "reaches them")]
Proxy = Annotated[str | None, typer.Option(
    metavar="ADDRESS", help="Of a proxy in front: its X-Forwarded-For tells who asks", show_default="none")]
PerMinute = Annotated[int, typer.Option(min=0, help="Requests of one address; 0 for any number")]
Parallel = Annotated[int | None, typer.Option(min=1, help="Requests that compute at once", show_default="the cores")]


def serve(
    model: Model = None,
    detector: Detector = "haar",
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free")] = 8000,
    proxy: Proxy = None,
    per_minute: PerMinute = 300,
    parallel: Parallel = None,
) -> None:
    """Answer programs over HTTP: POST /predict, GET /model, /health, /metrics; /openapi.json describes them."""
    from fer_pipeline.predicting.predictor import Predictor
    from fer_pipeline.serving import server, service
    from fer_pipeline.serving.limits import Limits

    limits = Limits.of(per_minute, parallel)
    predictor = Predictor(model, detector, threads=1)
    server.serve(service.build(service.Serving(predictor, limits)), host, port, proxy,
                 greeting=f"{predictor.card.name} answers at {{address}}; send pictures to /predict. Ctrl-C ends it.")
