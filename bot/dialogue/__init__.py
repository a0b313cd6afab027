"""How Rasa talks: the channel that the front door calls, and the words it answers with."""
