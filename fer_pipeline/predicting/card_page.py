"""The card of a network for people, as Markdown: how good it is, and what it is not for."""

from fer_pipeline.predicting.card import Accuracy, Card

LIMITS = (
    "It reads faces **as a few people labelled photographs** from a search engine. People disagree on those labels: "
    "the agreement of humans on FER-2013 is about 65 %.",
    "A face is not a feeling: **it does not know what anybody feels**, and it must not decide about anybody, whether "
    "in hiring, policing, schools, medicine or insurance.",
    "It errs more on disgust and fear, which are rare in its data, on faces turned away, in poor light or partly "
    "covered; how it treats groups of people was not measured, since FER-2013 does not say who is shown.",
    "Probabilities are calibrated on PublicTest of FER-2013: on other pictures they may be too sure.",
)


def as_markdown(card: Card) -> str:
    """A model card in Markdown, with what the network is not for."""
    views = card.test_time.views
    seen = f"{views} views of each face, averaged" if views > 1 else "each face seen once"
    measured = "\n".join(filter(None, (
        _accuracy("PrivateTest, which chose nothing", card.private_test),
        _accuracy("PrivateTest, each face seen once", card.private_test_one_view),
        _accuracy("PublicTest, which chose it", card.public_test))))
    return (f"### {card.name}\n\nArchitecture {card.architecture}; {seen}; trained on {card.trained_on}.\n\n"
            + (f"| measured on | accuracy | 95 % interval | macro F1 | faces |\n|---|---|---|---|---|\n{measured}\n\n"
               if measured else "**Its card has no accuracy: nobody measured how good this file is.**\n\n")
            + "#### Limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS))


def _accuracy(name: str, one: Accuracy | None) -> str:
    return "" if one is None else (f"| {name} | {one.accuracy:.1%} | {one.low:.1%} to {one.high:.1%} | "
                                   f"{one.macro_f1:.3f} | {one.faces:,} |")
