"""The metadata of a dataset's card, by which the Hub and `load_dataset` know its views."""

from __future__ import annotations

from collections.abc import Sequence

from huggingface_hub import DatasetCardData

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def with_metadata(
    text: str,
    *,
    title: str,
    language: str,
    licence: str | None,
    rows: int,
    configs: Sequence[tuple[str, str, str]],
) -> str:
    """A card with its metadata before it; configs are name, split and path, the first default."""
    size = next((name for below, name in _SIZES if rows < below), "n>10M")
    data = DatasetCardData(
        pretty_name=title,
        language=[language],
        license=licence,
        size_categories=[size],
        task_categories=["text-generation"],
        tags=["human-feedback", "human-evaluation", "preference", "tiebreak"],
        configs=[
            {
                "config_name": name,
                "data_files": [{"split": split, "path": path}],
                **({"default": True} if number == 0 else {}),
            }
            for number, (name, split, path) in enumerate(configs)
        ],
    )
    return f"---\n{data.to_yaml()}\n---\n\n{text}"
