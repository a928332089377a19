"""Files of music: MIDI and WAV."""
