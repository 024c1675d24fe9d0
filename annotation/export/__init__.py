"""Labels and their pairs into the files that others read, system names hidden unless asked for."""

from annotation.export.formats import FORMATS
from annotation.export.wanted import CannotExport, Made, View, Wanted
from annotation.export.writing import Download, download, export

__all__ = ["FORMATS", "CannotExport", "Download", "Made", "View", "Wanted", "download", "export"]
