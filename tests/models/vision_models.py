"""Image models in small: ViT with resampled positions, Swin, U-Net, deformable attention, a detector's head."""
from collections import OrderedDict
from typing import Dict, List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class VitBlock(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.gamma = nn.Parameter(torch.ones(width) * 0.5)

    def forward(self, x: Tensor) -> Tensor:
        batch, count, width = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        weights = ((q * self.scale) @ k.transpose(-2, -1)).softmax(dim=-1)
        x = x + self.gamma * self.out((weights @ v).transpose(1, 2).reshape(batch, count, width))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """Positions are resampled (bicubic) to the image's grid, as DINO does."""

    def __init__(self, patch: int = 8, width: int = 24, grid: int = 4, classes: int = 10):
        super().__init__()
        self.patch, self.grid, self.width = patch, grid, width
        self.embed = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.1)
        self.positions = nn.Parameter(torch.randn(1, 1 + grid * grid, width) * 0.1)
        self.blocks = nn.ModuleList([VitBlock(width, 3) for _ in range(2)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def resampled(self, height: int, width: int) -> Tensor:
        grid = self.positions[:, 1:].reshape(1, self.grid, self.grid, self.width).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, size=(height, width), mode="bicubic", align_corners=False)
        return torch.cat((self.positions[:, :1], grid.permute(0, 2, 3, 1).view(1, -1, self.width)), dim=1)

    def forward(self, image: Tensor) -> Tensor:
        x = self.embed(image)
        height, width = x.shape[-2], x.shape[-1]
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x.flatten(2).transpose(1, 2)), dim=1)
        x = x + self.resampled(height, width)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


def windows_of(x: Tensor, size: int) -> Tensor:
    batch, height, width, channels = x.shape
    x = x.view(batch, height // size, size, width // size, size, channels)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, size, size, channels)


def windows_back(windows: Tensor, size: int, height: int, width: int) -> Tensor:
    batch = windows.shape[0] // (height * width // size // size)
    x = windows.view(batch, height // size, width // size, size, size, -1)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(batch, height, width, -1)


class SwinBlock(nn.Module):
    def __init__(self, width: int, heads: int, size: int, shift: int):
        super().__init__()
        self.heads, self.size, self.shift = heads, size, shift
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.bias = nn.Parameter(torch.randn((2 * size - 1) ** 2, heads) * 0.1)
        grid = torch.stack(torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")).flatten(1)
        distance = (grid[:, :, None] - grid[:, None, :]).permute(1, 2, 0) + size - 1
        self.register_buffer("index", distance[..., 0] * (2 * size - 1) + distance[..., 1])

    def mask(self, height: int, width: int, device: torch.device) -> Tensor:
        """Windows that a shift has put together from parts of the image must not mix them."""
        image = torch.zeros((1, height, width, 1), device=device)
        for i, rows in enumerate([(0, -self.size), (-self.size, -self.shift), (-self.shift, height)]):
            for j, columns in enumerate([(0, -self.size), (-self.size, -self.shift), (-self.shift, width)]):
                image[:, rows[0]:rows[1], columns[0]:columns[1], :] = 3 * i + j
        regions = windows_of(image, self.size).view(-1, self.size * self.size)
        mask = regions.unsqueeze(1) - regions.unsqueeze(2)
        return mask.masked_fill(mask != 0, float(-100.0)).masked_fill(mask == 0, float(0.0))

    def attend(self, x: Tensor, height: int, width: int) -> Tensor:
        count, area, channels = x.shape
        qkv = self.qkv(x).reshape(count, area, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        scores = (q * (channels // self.heads) ** -0.5) @ k.transpose(-2, -1)
        scores = scores + self.bias[self.index.view(-1)].view(area, area, -1).permute(2, 0, 1).unsqueeze(0)
        if self.shift > 0:
            mask = self.mask(height, width, x.device)
            scores = scores.view(-1, mask.shape[0], self.heads, area, area) + mask.unsqueeze(1).unsqueeze(0)
            scores = scores.view(-1, self.heads, area, area)
        return self.out((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(count, area, channels))

    def forward(self, x: Tensor) -> Tensor:
        _, height, width, channels = x.shape
        y = F.pad(self.norm1(x), (0, 0, 0, (-width) % self.size, 0, (-height) % self.size))
        padded_height, padded_width = y.shape[1], y.shape[2]
        if self.shift > 0:
            y = torch.roll(y, shifts=(-self.shift, -self.shift), dims=(1, 2))
        y = self.attend(windows_of(y, self.size).view(-1, self.size * self.size, channels), padded_height, padded_width)
        y = windows_back(y.view(-1, self.size, self.size, channels), self.size, padded_height, padded_width)
        if self.shift > 0:
            y = torch.roll(y, shifts=(self.shift, self.shift), dims=(1, 2))
        x = x + y[:, :height, :width, :].contiguous()
        return x + self.mlp(self.norm2(x))


class Swin(nn.Module):
    def __init__(self, width: int = 16, classes: int = 10):
        super().__init__()
        self.embed = nn.Conv2d(3, width, 4, 4)
        self.stage1 = nn.Sequential(SwinBlock(width, 2, 4, 0), SwinBlock(width, 2, 4, 2))
        self.merge_norm, self.merge = nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)
        self.stage2 = nn.Sequential(SwinBlock(2 * width, 4, 4, 0), SwinBlock(2 * width, 4, 4, 2))
        self.head = nn.Linear(2 * width, classes)

    def merged(self, x: Tensor) -> Tensor:
        x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        parts = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
        return self.merge(self.merge_norm(torch.cat(parts, -1)))

    def forward(self, image: Tensor) -> Tensor:
        x = self.stage1(self.embed(image).permute(0, 2, 3, 1))
        return self.head(self.stage2(self.merged(x)).mean(dim=[1, 2]))


class UNet(nn.Module):
    """Skip connections whose sizes need not fit: the upsampled map is padded to the other's."""

    def __init__(self, width: int = 8, classes: int = 3):
        super().__init__()
        self.down1, self.down2 = self.double(3, width), self.double(width, 2 * width)
        self.down3 = self.double(2 * width, 4 * width)
        self.pool = nn.MaxPool2d(2)
        self.up1 = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.up2 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.join1, self.join2 = self.double(4 * width, 2 * width), self.double(3 * width, width)
        self.head = nn.Conv2d(width, classes, 1)

    @staticmethod
    def double(inputs: int, outputs: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs),
                             nn.ReLU(inplace=True), nn.Conv2d(outputs, outputs, 3, padding=1), nn.GroupNorm(2, outputs),
                             nn.LeakyReLU(0.1, inplace=True))

    def joined(self, small: Tensor, large: Tensor) -> Tensor:
        rows, columns = large.size(2) - small.size(2), large.size(3) - small.size(3)
        small = F.pad(small, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
        return torch.cat([large, small], dim=1)

    def forward(self, image: Tensor) -> Tensor:
        x1 = self.down1(image)
        x2 = self.down2(self.pool(x1))
        x3 = self.down3(self.pool(x2))
        x = self.join1(self.joined(self.up1(x3), x2))
        return self.head(self.join2(self.joined(self.up2(x), x1)))


class FourierConvolution(nn.Module):
    """LaMa's spectral transform: real FFT over the image, a convolution of the real and imaginary maps, and back."""

    def __init__(self, channels: int = 4):
        super().__init__()
        self.embed = nn.Conv2d(3, channels, 3, padding=1)
        self.mix = nn.Conv2d(2 * channels, 2 * channels, 1)

    def forward(self, image: Tensor) -> Tensor:
        x = self.embed(image)
        batch, channels, height, width = x.size()
        spectrum = torch.fft.rfft2(x, norm="ortho")
        parts = torch.stack((spectrum.real, spectrum.imag), dim=-1).permute(0, 1, 4, 2, 3).contiguous()
        parts = F.relu(self.mix(parts.view(batch, 2 * channels, height, -1))).view(batch, channels, 2, height, -1)
        parts = parts.permute(0, 1, 3, 4, 2).contiguous()
        return x + torch.fft.irfft2(torch.complex(parts[..., 0], parts[..., 1]), s=(height, width), norm="ortho")


class DeformableAttention(nn.Module):
    """Deformable DETR's attention: every query samples a few points of every level with grid_sample."""

    def __init__(self, width: int = 16, heads: int = 2, points: int = 3):
        super().__init__()
        self.heads, self.points, self.width = heads, points, width
        self.levels = nn.ModuleList([nn.Conv2d(3, width, 3, 4, 1), nn.Conv2d(width, width, 3, 2, 1)])
        self.offsets = nn.Linear(width, heads * 2 * points * 2)
        self.weights = nn.Linear(width, heads * 2 * points)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, image: Tensor, queries: Tensor, reference: Tensor) -> Tensor:
        batch, count, _ = queries.shape
        maps: List[Tensor] = []
        x = image
        for level in self.levels:
            x = level(x)
            maps.append(x)
        offsets = self.offsets(queries).view(batch, count, self.heads, 2, self.points, 2)
        weights = self.weights(queries).view(batch, count, self.heads, 2 * self.points).softmax(-1)
        sampled: List[Tensor] = []
        for i, level_map in enumerate(maps):
            height, width = level_map.shape[-2], level_map.shape[-1]
            value = self.value(level_map.flatten(2).transpose(1, 2)).transpose(1, 2)
            value = value.reshape(batch * self.heads, self.width // self.heads, height, width)
            shift = torch.stack((offsets[:, :, :, i, :, 0] / width, offsets[:, :, :, i, :, 1] / height), dim=-1)
            where = reference[:, :, None, None, :] + shift
            grid = (2.0 * where - 1.0).transpose(1, 2).flatten(0, 1)
            sampled.append(F.grid_sample(value, grid, mode="bilinear", padding_mode="zeros", align_corners=False))
        weights = weights.transpose(1, 2).reshape(batch * self.heads, 1, count, 2 * self.points)
        output = (torch.cat(sampled, dim=-1) * weights).sum(-1).view(batch, self.width, count)
        return self.out(output.transpose(1, 2).contiguous())


class PyramidDetector(nn.Module):
    """A feature pyramid and a YOLO-like head: maps in a dict, boxes decoded in place, the best picked by top-k."""

    def __init__(self, width: int = 8, classes: int = 4):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, 4, 1)
        self.stages = nn.ModuleList([nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 2, 1)])
        self.laterals = nn.ModuleList([nn.Conv2d(width, width, 1) for _ in range(2)])
        self.head = nn.Conv2d(width, 5 + classes, 1)
        self.strides = [4, 8]

    def pyramid(self, x: Tensor) -> Dict[str, Tensor]:
        maps: List[Tensor] = []
        x = self.stem(x)
        for stage, lateral in zip(self.stages, self.laterals):
            x = F.silu(stage(x))
            maps.append(lateral(x))
        maps[0] = maps[0] + F.interpolate(maps[1], size=maps[0].shape[-2:], mode="nearest")
        result: Dict[str, Tensor] = OrderedDict()
        for i, level in enumerate(maps):
            result[str(i)] = level
        return result

    def forward(self, image: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        decoded: List[Tensor] = []
        for i, level in enumerate(self.pyramid(image).values()):
            y = self.head(level).sigmoid().permute(0, 2, 3, 1)
            rows, columns = torch.meshgrid(torch.arange(y.size(1)), torch.arange(y.size(2)), indexing="ij")
            grid = torch.stack((columns, rows), 2).to(y.dtype)
            y[..., 0:2] = (y[..., 0:2] * 2.0 - 0.5 + grid) * self.strides[i]
            y[..., 2:4] = (y[..., 2:4] * 2.0) ** 2 * self.strides[i]
            decoded.append(y.flatten(1, 2))
        all_boxes = torch.cat(decoded, 1)
        scores, labels = (all_boxes[..., 5:] * all_boxes[..., 4:5]).max(-1)
        best, order = scores.topk(8, dim=1)
        boxes = all_boxes[..., :4].gather(1, order.unsqueeze(-1).expand(-1, -1, 4))
        return boxes, best, labels.gather(1, order)
