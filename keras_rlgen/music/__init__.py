"""Music as tokens: encodings, corpora, files, pictures, rewards and statistics."""

from keras_rlgen.music.copies import longest_copies, novelty
from keras_rlgen.music.corpora.bach_chorales import bach_chorales, chorale_pieces
from keras_rlgen.music.corpora.jsb_chorales import jsb_chorales, jsb_pieces
from keras_rlgen.music.corpora.midi_folder import midi_folder
from keras_rlgen.music.corpora.passages import Passages, passages
from keras_rlgen.music.corpora.split import split_pieces
from keras_rlgen.music.encodings.chorale_encoding import ChoraleEncoding
from keras_rlgen.music.encodings.encoding import Encoding
from keras_rlgen.music.encodings.melody_encoding import MelodyEncoding
from keras_rlgen.music.encodings.piano_roll_encoding import PianoRollEncoding
from keras_rlgen.music.files.pretty_midi_of import pretty_midi_of
from keras_rlgen.music.files.read_midi import read_midi
from keras_rlgen.music.files.write_midi import write_midi
from keras_rlgen.music.files.write_wav import audio, write_wav
from keras_rlgen.music.grid import Grid
from keras_rlgen.music.keys import KEY_NAMES, estimated_keys, key_index, scale_mask
from keras_rlgen.music.note import Note
from keras_rlgen.music.piano_roll import piano_roll, write_piano_roll
from keras_rlgen.music.piece import Piece
from keras_rlgen.music.rewards.chord_membership import ChordMembership
from keras_rlgen.music.rewards.consonance import Consonance
from keras_rlgen.music.rewards.corpus_likeness import CorpusLikeness
from keras_rlgen.music.rewards.emotion import Emotion
from keras_rlgen.music.rewards.ends_on_tonic import EndsOnTonic
from keras_rlgen.music.rewards.in_key import InKey
from keras_rlgen.music.rewards.leaps_resolved import LeapsResolved
from keras_rlgen.music.rewards.metre import Metre
from keras_rlgen.music.rewards.motifs import Motifs
from keras_rlgen.music.rewards.music_reward import MusicReward, VoiceReward
from keras_rlgen.music.rewards.note_density import NoteDensity
from keras_rlgen.music.rewards.parallel_intervals import ParallelIntervals
from keras_rlgen.music.rewards.pitch_range import PitchRange
from keras_rlgen.music.rewards.regularity import Regularity
from keras_rlgen.music.rewards.repeated_notes import RepeatedNotes
from keras_rlgen.music.rewards.voice_leading import VoiceLeading
from keras_rlgen.music.statistics import statistics

__all__ = [
    "KEY_NAMES",
    "ChoraleEncoding",
    "ChordMembership",
    "Consonance",
    "CorpusLikeness",
    "Emotion",
    "Encoding",
    "EndsOnTonic",
    "Grid",
    "InKey",
    "LeapsResolved",
    "MelodyEncoding",
    "Metre",
    "Motifs",
    "MusicReward",
    "Note",
    "NoteDensity",
    "ParallelIntervals",
    "Passages",
    "PianoRollEncoding",
    "Piece",
    "PitchRange",
    "Regularity",
    "RepeatedNotes",
    "VoiceLeading",
    "VoiceReward",
    "audio",
    "bach_chorales",
    "chorale_pieces",
    "estimated_keys",
    "jsb_chorales",
    "jsb_pieces",
    "key_index",
    "longest_copies",
    "midi_folder",
    "novelty",
    "passages",
    "piano_roll",
    "pretty_midi_of",
    "read_midi",
    "scale_mask",
    "split_pieces",
    "statistics",
    "write_midi",
    "write_piano_roll",
    "write_wav",
]
