"""Ad click prediction: which ads suit this person here and now, and how likely is a click."""
