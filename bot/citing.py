"""Gives the citation of a paper in Discord: in a block of code, or as a file where it does not fit into one."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.cards import MAX_PLAIN
from bot.finding_texts import finding_phrases
from bot.replies import belongs_to_presser, say
from bot.texts import language_of
from publisher.exports import FORMS, Format, records_of_papers
from publisher.exports.keys import citation_keys

if TYPE_CHECKING:
    from sqlmodel import Session

    from bot.archive import Found
    from bot.client import PaperroundBot

CITE_CHOICE = rf"cite-as:(?P<format>{'|'.join(Format)})"  # custom_id of the list to choose from
# What Discord colours the block as.
_COLOURS: Final = {
    Format.BIBTEX: "bibtex",
    Format.CSL: "json",
    Format.RIS: "",
    Format.MARKDOWN: "md",
}
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation in a format."""

    text: str
    form: Format
    name: str  # of its file, without the ending

    @property
    def block(self) -> str | None:
        """The citation as a block of code, to the letter; None where it is too long or would end the block itself."""
        # Blanks at the end of a line stay: the last line of RIS ends in one.
        lines = "\n".join(self.text.splitlines()).rstrip("\n")
        block = f"{_FENCE}{_COLOURS[self.form]}\n{lines}\n{_FENCE}"
        return None if _FENCE in self.text or len(block) > MAX_PLAIN else block

    def file(self) -> discord.File:
        """Make the file to attach."""
        name = f"{self.name}.{FORMS[self.form].suffix}"
        return discord.File(BytesIO(self.text.encode()), filename=name)


def citation(session: Session, found: Found, form: Format) -> Citation | None:
    """Write the citation of what was found; None where no title is known.

    Args:
        session: A session for reading.
        found: An entry; of several papers that it covers, all are cited, unless one of them is meant.
        form: The format.
    """
    papers = [found.paper_id] if found.paper_id else [it["id"] for it in found.entry["papers"]]
    records = records_of_papers(session, papers).records
    if not records:
        return None
    key = citation_keys(records)[records[0].paper]
    return Citation(FORMS[form].write(records), form, key)


async def answer_citation(
    interaction: discord.Interaction[PaperroundBot],
    found: Found,
    form: Format,
    *,
    private: bool = True,
) -> None:
    """Give the citation; under a citation that was given already, in its place."""
    given = await interaction.client.database.reading(citation, found, form)
    say_it = finding_phrases(language_of(interaction.locale))
    if given is None:
        await say(interaction, say_it.cite_untitled)
        return
    text = given.block or say_it.cite_attached.format(format=FORMS[form].name)
    files = [] if given.block else [given.file()]
    view = _other_formats(found, form)
    if _is_citation(interaction) and belongs_to_presser(interaction):
        await interaction.response.edit_message(content=text, attachments=files, view=view)
    else:
        await interaction.response.send_message(text, files=files, view=view, ephemeral=private)


def _other_formats(found: Found, form: Format) -> ui.View:
    """Make buttons for the other formats; none where the entry is on more papers than the one that is meant."""
    view = ui.View(timeout=None)
    alone = found.paper_id is None or len(found.entry["papers"]) == 1
    for other in Format:
        custom_id = found.key.button_to(f"cite:{other}")
        if alone and other is not form and custom_id:
            view.add_item(ui.Button(label=FORMS[other].name, custom_id=custom_id))
    view.stop()  # bot.buttons answers, nothing waits in memory
    return view


def _is_citation(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the message under a button is a citation; cards and lists are laid out in components."""
    return interaction.message is not None and not interaction.message.flags.components_v2
