"""SavedModels, which need only TensorFlow, and LiteRT files."""

from keras_rlgen.export.generator import export_generator
from keras_rlgen.export.litert import write_litert
from keras_rlgen.export.write_endpoints import check_format, write_endpoints

__all__ = ["check_format", "export_generator", "write_endpoints", "write_litert"]
