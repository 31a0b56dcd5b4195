from PIL import Image

class Barcode:
    text: str

def read_barcodes(image: Image.Image) -> list[Barcode]: ...
