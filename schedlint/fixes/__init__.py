"""Edits on the nodes of a document, as splices into its text: nothing else of the file changes.

    edits → splices → text → proof → atomic write

`edits` says what is to change, `splices` where in the text that is: `replacement` for a value,
`block`, `statements` and `flow` for a key with its value, `mentions` for the name of a table.
`spelling` and `beside` say how it is written there, in the style of what was. `proof` reads the
new text again and holds it against the old tree; `second_opinion` asks another reader. `write`
puts it in the place of the file.

Knows documents and positions and nothing of rules: which edits mend a finding is theirs to say.
"""

from schedlint.fixes.edits import DeleteKey, Edit, InsertKey, RenameKey, SetValue, Value
from schedlint.fixes.refusal import EditRefused

__all__ = ["DeleteKey", "Edit", "EditRefused", "InsertKey", "RenameKey", "SetValue", "Value"]
