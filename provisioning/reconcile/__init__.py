"""From what the directories say to who belongs where: look, plan, apply."""
